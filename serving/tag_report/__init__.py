"""The report on tags as people and programs get it: a page with plots, and answers of the API."""
