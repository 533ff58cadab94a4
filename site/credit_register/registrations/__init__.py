"""Registration: an institution applies, an office reviews, the register follows."""
