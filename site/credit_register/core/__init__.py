"""Technical ground of the register: it holds no knowledge of the field."""
