"""The judge of code that somebody else wrote: functions of arrays, a scalar class, or a file with a backward
pass in it.

``functions`` judges code that is at hand: ``passes`` calls functions, ``objects`` a class with weights
``inside`` it, by the names of parameters (``binding``, ``roles``) and of arrays in containers (``forms``),
with one output or ``several_outputs``; ``initialized`` makes weights that a constructor does not.
``ways`` says what all these ways of writing have in common. ``judgement`` holds one to its own forward
pass: ``fresh`` draws examples, ``returned`` says what is the gradient by what, ``truth`` differentiates
their forward pass, ``trials`` compares, ``conventions`` takes out scales that are a matter of taste, and
``verdict`` is what was found.

``in_code`` reads which small numbers stand in the code, ``small_numbers`` what is right but for one of them,
and ``biases`` which gradients are to be sums.

``first_look`` says what is right, ``explanations`` what is wrong. ``edits`` are mistakes in one gradient, as
numbers, ``overwriting`` such in which parts are lost, and ``shape_edits`` what a gradient of another shape
was made of. Mistakes in the formulas on the way to several are searched for: ``lifted_backward`` is the
right backward pass, in ``shares``; ``formula_edits``, made of ``rule_edits`` (with ``slopes`` and
``expression_edits``), ``product_edits`` (with ``other_arrays``) and ``joint_edits``, change it at its
``places``; ``search`` tries them until one gives their numbers. ``their_names`` says it in their words, with
their line, ``numpy_errors`` what an exception means there, or that the code is for other arrays,
``tensors``, and ``meant`` (with ``meant_layers``) where a forward pass is not what it is called. What no
formula gives, ``mending`` finds by ``repairs``: ``code_changes`` of one place of theirs that make it right.

``scalar_class`` checks a class such as micrograd's ``Value`` operation by operation, ``scalar_graphs`` in
larger graphs, and ``scalar_mistakes`` names what is wrong with it.

``submitted_file`` judges a Python file or notebook, whose text ``sources`` reads, in a process of its own.
``units`` says what there is to judge in it, also in training ``loops`` and functions of ``structures``,
``examples`` guesses, with ``guessed_arrays``,
``said_in_code``, ``sizes_in_code`` and a few of its own samples (``fewer_samples``), what to call it with,
``found`` judges it by ``judgement`` (where ``updates`` says which way it steps and how far, ``one_by_one``
whether with each sample, ``means`` where the mean over samples is taken, and ``both_targets`` writes classes
as numbers and one-hot), ``twins`` on networks of ours (where ``rules`` says which rule of a layer it is), and
``remote_scalars`` is a scalar class over there. ``starting`` starts a process, ``asking`` is this side of the
pipe to it, ``wire`` what goes through that, and ``apart`` the other side: there, ``confinement`` takes away
what a submission may not do, ``definitions`` runs it, ``neighbours`` decides what its imports find, and
``answering`` answers.
Of ``nn`` this room imports ``nn.comparing`` and all that lies below it.
"""
