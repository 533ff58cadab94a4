"""The register: institutions, their products and fees, what was published when, and the public pages."""
