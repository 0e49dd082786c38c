// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/storage/taskthread.h"

#include <utility>

#include <pthread.h>

namespace earshot::storage {

TaskThread::TaskThread(const char *name, std::function<void()> atEnd)
    : m_atEnd(std::move(atEnd))
    , m_thread([this] {
        run();
        if (m_atEnd) {
            m_atEnd();
        }
    })
{
    // A name is only for people who look with top or a debugger.
    (void)pthread_setname_np(m_thread.native_handle(), name);
}

TaskThread::~TaskThread()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
        m_tasks.clear();
    }
    m_wake.notify_one();
    m_thread.join();
}

bool TaskThread::post(std::function<void()> task)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping || m_tasks.size() >= kMaxTasks) {
            return false;
        }
        m_tasks.push_back(std::move(task));
    }
    m_wake.notify_one();
    return true;
}

void TaskThread::run()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [this] { return m_stopping || !m_tasks.empty(); });
        if (m_stopping) {
            return;
        }
        auto task = std::move(m_tasks.front());
        m_tasks.pop_front();
        lock.unlock();
        task();
        task = {};
        lock.lock();
    }
}

} // namespace earshot::storage
