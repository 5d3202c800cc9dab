#include "server/solver/child_solver.h"
