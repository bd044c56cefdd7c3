"""A correction: what a late fact or another policy takes back or gives, proposed, agreed by two people, carried out."""
