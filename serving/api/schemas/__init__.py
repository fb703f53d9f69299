"""What callers send and get, one file a topic; the API's description is made from these."""
