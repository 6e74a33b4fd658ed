"""City governance 一网统管: signals, incidents, cases, routing, dispatch, closing tests."""
