# At the end of the head, and at the begin of the tail.
sh print.sh x 4090; printf %s "$1"; sh print.sh y 9000; printf %s "$1"; sh print.sh z 4090
