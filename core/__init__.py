"""What every stage agrees on: settings, errors, clock, ids, language, storage engine and transactions."""
