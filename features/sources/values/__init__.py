"""What cells say: instants, amounts, numbers and categories, however a shop writes them."""
