"""An account: where a party, or one of its sites, is paid; a change needs a second person."""
