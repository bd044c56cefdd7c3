"""A catalogue: the service products that a provider publishes, with their fees as the benchmark of prices."""
