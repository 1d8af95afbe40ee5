"""Programs of the house: make the environment, write the generated pages, measure the code. Not in the package."""
