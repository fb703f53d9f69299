"""Labels and features in, evaluated and promoted model versions out."""
