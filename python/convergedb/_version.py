"""The version of the Python half, which is that of the native half."""

VERSION = "0.1.0"
