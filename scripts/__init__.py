"""Programs of the house: making the environment, writing the generated pages, measuring the code; not in the package."""
