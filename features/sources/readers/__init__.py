"""Files of every shape as chunks of rows, in bounded memory, with the number of every row."""
