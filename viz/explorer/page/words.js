/* Sentences of the page, in the language it is read in: each stands in the script in English. */

let sentences = {};

/** Read the page in a language, given as its sentences by the English ones. */
export const speak = dictionary => { sentences = dictionary; };

/** A sentence, with what its {names} stand for. */
export function say(english, values = {}) {
  return filledIn(sentences[english] ?? english, values).join("");
}

/** A title from Python, which may end in a number, such as “Layer 2”; one that is not known stays. */
export function titled(english) {
  const [, words, l] = /^(.*?)(\d*)$/s.exec(english), sentence = l ? `${words}{l}` : words;
  return Object.hasOwn(sentences, sentence) ? say(sentence, { l }) : english;
}

/** The parts of a sentence whose {names} stand for elements. */
export const phrase = (english, values) => filledIn(sentences[english] ?? english, values);

/** A template's parts, each {name} replaced. */
export const filledIn = (template, values) => template.split(/\{(\w+)\}/).map((part, k) => k % 2 ? values[part] : part).filter(part => part !== "");
