// These tests start real processes and mostly wait for them: one more side by side than most machines have cores for.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
