"""The register for machines: API and its description."""
