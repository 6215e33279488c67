"""Batches: many flowers in one request. Bytes in, bytes out, without a framework.

`formats` names the three formats; `fast_reader` reads batches without errors, `strict_reader` all others, row
by row; `limits` bounds the work of both; `writer` encodes the response; `classify` runs these steps.
"""
