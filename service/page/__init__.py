"""Web pages: one that classifies a flower, and the documentation of the API.

Style and script are part of each page, and its security policy allows them by their hashes. So a page is one
response, and works under any path that a gateway puts in front.
"""
