"""Where every number comes from: the catalogue, the bundled tables, and how they are built."""
