#include "geo/query/siting/check_site.h"
