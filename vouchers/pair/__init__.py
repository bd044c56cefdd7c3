"""The orders of one enterprise with one provider, for programmes that add them up."""
