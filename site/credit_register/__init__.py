"""The Credit Service Register (信用服务机构专栏)."""
