"""Cases for kerax' conformance kit: arguments, inputs, and what is right, in numpy."""
