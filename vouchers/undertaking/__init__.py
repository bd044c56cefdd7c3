"""An undertaking: the enterprises that were ever seen under one controller."""
