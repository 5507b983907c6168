"""espeak-ng in a separate process, because it is GPL, and so that its crashes do not end Marvin."""
