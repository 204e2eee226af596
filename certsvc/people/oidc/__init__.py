"""Staff who log in through an identity platform (OpenID Connect)."""
