"""What a claim is, and what tasks have to be to play the roles it names; what can be claimed is in `patterns`."""
