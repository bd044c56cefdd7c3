"""An enterprise: what registries say of it, dated and sourced."""
