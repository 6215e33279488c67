"""The pages for people: one to ask about a flower, one to read how to ask by program.

Plain files and the standard library. Style and script stand inside of each page, known to its security policy
by their hashes, so that a page is one answer and works under any path that a gateway puts in front.
"""
