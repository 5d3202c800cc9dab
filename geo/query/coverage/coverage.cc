#include "geo/query/coverage/coverage.h"
