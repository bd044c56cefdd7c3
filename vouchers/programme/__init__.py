"""A programme: a fund with dated policies."""
