#include "geo/query/routing/matrix.h"
