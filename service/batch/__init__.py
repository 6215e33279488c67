"""Many flowers at once: bytes in, bytes out, and no framework, so that whoever has the bytes can ask.

`formats` names the three forms of a batch; `quick` reads what is all well, `careful` whatever else there may
be, row by row; `writing` makes the answer; `classify_in_steps` puts them in their order.
"""
