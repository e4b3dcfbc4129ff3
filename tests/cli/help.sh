# The help and the version.
$NAPIER --help
$NAPIER --version
