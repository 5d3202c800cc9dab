#include "geo/query/coverage/demand.h"
