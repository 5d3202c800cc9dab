#include "server/ingest/run_ingest.h"
