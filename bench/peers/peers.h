/* The command peers: compare.py of the sources. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

/* argv: convbench peers ARGUMENT... Returns only where there is no such program. */
int bench_peers(int argc, char **argv);

#endif
