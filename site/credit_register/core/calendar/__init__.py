"""Working days of China: weekends, the State Council's holidays, and the weekends worked in exchange."""
