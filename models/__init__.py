"""Estimators and confidence: interest, churn, segments and how they are compared.

Data frames in, named columns out, deterministic by seed. `arrays` needs NumPy alone, so that serving can
predict with it; nothing here opens a file, a database or a connection except `registry` and `release`.
"""
