// The larder-server program.
int main() { return 0; }
