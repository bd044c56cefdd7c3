"""As of: any state and any table at a moment of the log and a day, and what lies between two such points."""
