module realtime-analytics.local/cluster/pause

go 1.25.0
