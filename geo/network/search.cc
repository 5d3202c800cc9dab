#include "geo/network/search.h"
