// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace earshot::storage {

/// A thread that runs tasks one after the other; joined by the destructor, which drops tasks that
/// have not begun. `atEnd` is the last thing it does: for what may only be destroyed there. What
/// they use must outlive this object.
class TaskThread final
{
public:
    explicit TaskThread(const char *name, std::function<void()> atEnd = {});
    ~TaskThread();
    Q_DISABLE_COPY_MOVE(TaskThread)

    /// Any thread. False when kMaxTasks wait already; the task is dropped then.
    [[nodiscard]] bool post(std::function<void()> task);

    static constexpr size_t kMaxTasks = 1024;

private:
    void run();

    std::mutex m_mutex; ///< guards m_tasks and m_stopping
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_tasks;
    bool m_stopping = false;
    std::function<void()> m_atEnd;
    std::thread m_thread;
};

} // namespace earshot::storage
