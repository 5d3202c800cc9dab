#include "geo/query/siting/mip.h"
