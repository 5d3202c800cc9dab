#include "geo/query/siting/locate.h"
