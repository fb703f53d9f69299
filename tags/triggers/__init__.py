"""Tags that an arriving event gives, at once or when its time has come."""
