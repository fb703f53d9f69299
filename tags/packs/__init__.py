"""Ready-made tags for a general shop, for e-commerce and for car dealers."""
