# %% [markdown]
# # 0 · A graph, stepped through
#
# **Question.** A program multiplies and adds. What would it have to write down so that it can tell, afterwards, how its result depends on each input?
#
# **Time.** About {minutes} minutes. **Before.** Nothing but multiplication.
#
# **Afterwards you can**
# - read a computation graph, forward and backward,
# - say what a gradient is, without a formula,
# - predict a gradient from the numbers in the graph.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import tempfile
from html import escape
from pathlib import Path

from IPython.display import HTML

from autodiff import Value, grad
from duograd.course import lesson_00 as check
from viz import draw, explore, write_lab

# %% [markdown]
# ## Experiment
#
# A family buys $n = 4$ tickets at a price of $p = 5$ each, with a fee of $f = 2$ on each ticket. In all they pay $y = n \cdot (p + f)$. In the program each of these numbers is a `Value`, a number that remembers what it was computed from; the letter in quotes is its name in pictures.

# %%
n, p, f = Value(4.0, "n"), Value(5.0, "p"), Value(2.0, "f")
y = n * (p + f)
y.label = "y"

# %% [markdown]
# What do they pay?

# %%
guess = (
    ### BEGIN SOLUTION
    28.0
    ### END SOLUTION
)  # a number

# %%
check.forward(guess)

# %%
draw(y)

# %% [markdown]
# That is the **graph**: what the program has written down while it computed. Inputs are blue, and arrows go the way of the numbers.
#
# Now turn one input a little. If each ticket costs $0.1$ more, by how much does $y$ grow?

# %%
guess = (
    ### BEGIN SOLUTION
    0.4
    ### END SOLUTION
)  # a number

# %%
check.a_dearer_ticket(guess)

# %% [markdown]
# $y$ grows four times as fast as $p$. This number, how fast the result moves with an input, is the **gradient** of $p$. And if there is one ticket more, by how much does $y$ grow?

# %%
guess = (
    ### BEGIN SOLUTION
    7.0
    ### END SOLUTION
)  # a number

# %%
check.one_ticket_more(guess)

# %% [markdown]
# Nobody has to try that for each input. Step through the graph: forward first, then backward. Going backward, each node gets a gradient, from the result to the inputs; change an input, and watch.

# %%
with tempfile.TemporaryDirectory() as folder:
    page = explore(y, Path(folder) / "page.html").read_text(encoding="utf-8")

HTML(f'<div><iframe srcdoc="{escape(page)}" width="100%" height="640" style="border: 0"></iframe></div>')

# %% [markdown]
# Backward begins at the result, whose own gradient is known before anything is computed. Which number is it?

# %%
guess = (
    ### BEGIN SOLUTION
    1.0
    ### END SOLUTION
)  # a number

# %%
check.where_it_begins(guess)

# %%
print("by n, p, f:", grad(y, [n, p, f]))

# %% [markdown]
# In the lab the graph stands there while you type. Write the price of another evening out, a line for each result, and look at what each input gets.

# %%
write_lab("lab.html", address="e=tickets = n*p%0Atotal = tickets %2B f&v=n:2 p:12 f:3")

# %% [markdown]
# ## Answer
#
# For each result, by which operation and of which numbers it was made. Then the way back is a walk through the graph, and every input has its gradient after one walk.

# %% [markdown]
# ## Exercises
#
# Three hints wait: `check.three_gradients.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Let $y = a \cdot (b - c)$ with $a = 3$, $b = 6$, $c = 2$. How fast does $y$ grow with each of them? (Where it falls, the number is negative.)

# %%
gradients = (
    ### BEGIN SOLUTION
    # One more a adds 6 - 2; one more b adds 3; one more c takes 3 away.
    (4.0, 3.0, -3.0)
    ### END SOLUTION
)  # three numbers: (by a, by b, by c)

# %%
check.three_gradients(gradients)
