"""The pages of a server for people: reviewing by keyboard, and who and what it is about. In both languages."""
